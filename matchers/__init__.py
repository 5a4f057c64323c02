"""Ways to recognise whose money a deposit is, and the one place that decides.

Room: pure.
"""
