"""決まり: the office's rules on pages: what holds, what comes, what was, and how it is changed."""
