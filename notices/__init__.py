"""Who is told what and when: policy, plan, text, mail.

Room: pure.
"""
