enum IngressRoom {}
