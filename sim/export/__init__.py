"""Findings and deployments as something that runs elsewhere."""
