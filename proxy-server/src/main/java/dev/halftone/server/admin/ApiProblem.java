package dev.halftone.server.admin;

/** A call that cannot be answered as asked; becomes a problem document (RFC 9457). */
final class ApiProblem extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    ApiProblem(int status, String detail) {
        super(detail, null, false, false);
        this.status = status;
    }

    int status() {
        return status;
    }

    String detail() {
        return String.valueOf(getMessage());
    }
}
