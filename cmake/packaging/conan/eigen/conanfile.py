"""The Eigen of this machine as a Conan package, for a test without the network; ConanCenter has one of the same name."""

import pathlib
import re

from conan import ConanFile
from conan.tools.files import copy

SYSTEM = pathlib.Path("/usr/include/eigen3")  # of Debian's libeigen3-dev


class EigenRecipe(ConanFile):
    name = "eigen"
    license = "MPL-2.0"
    package_type = "header-library"

    def set_version(self):
        macros = (SYSTEM / "Eigen/src/Core/util/Macros.h").read_text(encoding="utf-8")
        parts = [re.search(rf"#define EIGEN_{part}_VERSION (\d+)", macros)[1] for part in ("WORLD", "MAJOR", "MINOR")]
        self.version = ".".join(parts)

    def export_sources(self):
        for folder in ("Eigen", "unsupported"):
            copy(self, f"{folder}/*", src=SYSTEM, dst=self.export_sources_folder)

    def package(self):
        for folder in ("Eigen", "unsupported"):
            copy(self, f"{folder}/*", src=self.source_folder, dst=pathlib.Path(self.package_folder) / "include/eigen3")

    def package_id(self):
        self.info.clear()

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        self.cpp_info.includedirs = ["include/eigen3"]
        self.cpp_info.set_property("cmake_file_name", "Eigen3")
        self.cpp_info.set_property("cmake_target_name", "Eigen3::Eigen")
        self.cpp_info.set_property("pkg_config_name", "eigen3")
