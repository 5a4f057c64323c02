"""What notices cost beside their floor, and what they look like."""
