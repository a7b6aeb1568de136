"""Everything that can break, breaks at random while people write to each other; then all of it is counted."""
