"""What keeps an installation healthy by itself: the thinning out of old rows."""
