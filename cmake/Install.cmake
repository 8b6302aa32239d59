include(CMakePackageConfigHelpers)

set(config_dir ${CMAKE_INSTALL_DATADIR}/cmake/bijou)
set(pkgconfig_dir ${CMAKE_INSTALL_DATADIR}/pkgconfig)

install(TARGETS bijou EXPORT bijou-targets)
install(EXPORT bijou-targets NAMESPACE bijou:: DESTINATION ${config_dir})
install(DIRECTORY include/bijou TYPE INCLUDE FILES_MATCHING PATTERN "*.hpp")
install(FILES LICENSE TYPE DOC)

configure_package_config_file(cmake/bijou-config.cmake.in bijou-config.cmake INSTALL_DESTINATION ${config_dir})
# Before 1.0.0 a minor version may change the interface; from then on this is SameMajorVersion.
write_basic_package_version_file(bijou-config-version.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/bijou-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/bijou-config-version.cmake
        DESTINATION ${config_dir})

# Relative to the file's own place, so that an installed tree can be moved.
file(RELATIVE_PATH pkgconfig_to_include ${CMAKE_INSTALL_FULL_DATADIR}/pkgconfig ${CMAKE_INSTALL_FULL_INCLUDEDIR})
configure_file(cmake/bijou.pc.in bijou.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/bijou.pc DESTINATION ${pkgconfig_dir})
