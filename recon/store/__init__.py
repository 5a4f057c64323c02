"""The store: the only room that uses SQLAlchemy and Alembic. Tables never leave it; frames and values do.

Room: store.
"""
