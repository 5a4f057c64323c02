"""What people take out of the books: aging, accounting journals, the audit trail. Values in, text or bytes out.

Room: pure.
"""
