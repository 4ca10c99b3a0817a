analyze calls
