package dev.halftone.e2e;

/** Made-up users under way, and what went wrong for them so far. */
interface Load extends AutoCloseable {
    /** Answers that were not well. */
    long bad();

    /** Connections that were lost. */
    long lost();

    @Override
    void close();
}
