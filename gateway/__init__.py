"""Call-center statistics as GraphQL and as the original REST reports."""

from importlib.metadata import version

__version__ = version("call-statistics-gateway")
