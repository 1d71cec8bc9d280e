"""The two things about the package that `pyproject.toml` cannot say: its version and its platform."""

import re
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel

# The number stands in one place, the program's source.
source = Path(__file__).resolve().parent.parent / "gmmscope" / "Gmmscope.swift"
version = re.search(r'static let version = "([^"]+)"', source.read_text(encoding="utf-8")).group(1)


class ProgramDistribution(Distribution):
    """A distribution for one platform, though it has no extension module."""

    def has_ext_modules(self):
        return True


class ProgramWheel(bdist_wheel):
    """A wheel for any Python 3: it carries a program, and nothing that is linked to Python."""

    def get_tag(self):
        return "py3", "none", super().get_tag()[2]


setup(version=version, distclass=ProgramDistribution, cmdclass={"bdist_wheel": ProgramWheel})
