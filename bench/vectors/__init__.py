"""Sourced test vectors of collections, answered by the same functions that write to customers."""
