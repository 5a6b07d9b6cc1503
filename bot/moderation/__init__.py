"""What moderators do besides settings: blocks, grants, reports, removal, and figures of use."""
