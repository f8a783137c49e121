enum AdmissionRoom {}
