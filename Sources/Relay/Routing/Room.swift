enum RoutingRoom {}
