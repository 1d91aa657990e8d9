// The one script of the product.
