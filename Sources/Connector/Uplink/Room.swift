enum UplinkRoom {}
