"""The bot on this machine's own Discord, for trying out: its start, and what it shows of itself meanwhile."""
