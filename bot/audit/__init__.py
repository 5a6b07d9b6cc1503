"""What is recorded and told: audit entries, the moderators' log channel, the operator's alerts."""
