enum TunnelTransportRoom {}
