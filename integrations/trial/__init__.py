"""One picture without an account, for visitors of the landing page: a small result, free."""
