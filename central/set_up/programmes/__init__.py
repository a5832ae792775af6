"""ポイントの制度: who gives points by what rule, shown, added, changed, given a budget, closed."""
