"""What an operator watches: the log, metrics, health checks and the HTTP port."""
