"""What people see and click: rendering, controls, the safe sender and delivery."""
