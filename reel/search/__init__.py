"""What is known of a published output, and how it is asked for: documents, their words, and the query language. Pure: no
database is known here, so two that are given the same words and the same query cannot answer differently."""

from reel.search.document import VERSION, OutputDocument, documents_of
from reel.search.index import indexed_words, numbers_of
from reel.search.query import Asked, Comparison, Query, Words, parse_query

__all__ = [
    "VERSION",
    "Asked",
    "Comparison",
    "OutputDocument",
    "Query",
    "Words",
    "documents_of",
    "indexed_words",
    "numbers_of",
    "parse_query",
]
