"""The company whose inbox the files are dropped into."""

from tests.stories.conftest import company

__all__ = ["company"]
