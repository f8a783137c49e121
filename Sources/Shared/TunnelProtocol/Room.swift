enum TunnelProtocolRoom {}
