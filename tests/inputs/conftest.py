"""The company whose inbox the files are dropped into."""

from tests.stories.conftest import begun, company

__all__ = ["begun", "company"]
