enum DialectsRoom {}
