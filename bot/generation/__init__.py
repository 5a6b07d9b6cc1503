"""The life of a job: accepted, queued, submitted, polled, kept until it is delivered."""
