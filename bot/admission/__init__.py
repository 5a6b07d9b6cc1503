"""May this be made, how and by whom: the checks every request passes before it is accepted."""
