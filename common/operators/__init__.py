"""What the operators' pages of every app share: the base class, search, filters and paging."""
