"""What the web page speaks: `api` has its routes, `tab` one open page, `views` what a person sees there."""
