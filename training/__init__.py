"""How the built-in model is made: data, network, training, export and evaluation."""
