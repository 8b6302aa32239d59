# Toolchain for 64-bit ARM on Debian and Ubuntu: g++-aarch64-linux-gnu, and qemu-user to run what it makes.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_CXX_FLAGS_INIT -Wno-psabi) # a note about GCC 10.1
set(CMAKE_EXE_LINKER_FLAGS_INIT -static) # the programs run without shared libraries of that processor
find_program(BIJOU_QEMU NAMES qemu-aarch64 qemu-aarch64-static REQUIRED)
set(CMAKE_CROSSCOMPILING_EMULATOR ${BIJOU_QEMU})
