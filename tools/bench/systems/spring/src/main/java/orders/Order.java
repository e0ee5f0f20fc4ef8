package orders;

record Order(String orderId, String product, Integer quantity) {}
