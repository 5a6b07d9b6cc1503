"""Discord's REST interface: `api` is what all routes share, the other modules are the routes by their subject."""
