"""Conan 2 recipe for bijou, made from the sources that it lies in: conan create cmake/packaging/conan -s compiler.cppstd=20"""

import pathlib
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy


class BijouRecipe(ConanFile):
    name = "bijou"
    description = "Header-only normalizing flows for C++20"
    license = "MIT"
    topics = ("normalizing-flows", "density-estimation", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    no_copy_source = True

    @property
    def _root(self):
        return pathlib.Path(self.recipe_folder).parents[2]

    def set_version(self):
        header = (self._root / "include/bijou/version.hpp").read_text(encoding="utf-8")
        number = int(re.search(r"#define BIJOU_VERSION (\d+)", header)[1])
        self.version = f"{number // 10000}.{number // 100 % 100}.{number % 100}"

    def export_sources(self):
        for pattern in ("LICENSE", "include/*.hpp"):
            copy(self, pattern, src=self._root, dst=self.export_sources_folder)

    def requirements(self):
        self.requires("eigen/[>=3.4.0 <6]", transitive_headers=True)

    def validate(self):
        check_min_cppstd(self, 20)

    def package(self):
        copy(self, "LICENSE", src=self.source_folder, dst=pathlib.Path(self.package_folder) / "licenses")
        copy(self, "include/*.hpp", src=self.source_folder, dst=self.package_folder)

    def package_id(self):
        self.info.clear()

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        self.cpp_info.set_property("cmake_file_name", "bijou")
        self.cpp_info.set_property("cmake_target_name", "bijou::bijou")
        self.cpp_info.set_property("pkg_config_name", "bijou")
