"""Recon: nightly bank reconciliation and collections.

Room: pure.
"""

__version__ = "0.1.0"
