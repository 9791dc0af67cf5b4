package dev.halftone.e2e;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports on which nobody listens until a test does, or which stay dead for a test. The system hands out none of them by itself, neither
 * to a socket that listens on port 0 nor to a client's end, and each process of tests has its own.
 */
final class Ports {
    /** Below what systems hand out by themselves: Linux from 32768 on, others from 49152. */
    private static final int FIRST = 12_000;

    private static final int EACH = 2_500;
    private static final int PROCESSES = 8;

    /** Another one for each run, so that two runs on one machine hardly meet. */
    private static final AtomicInteger NEXT =
            new AtomicInteger((int) (ProcessHandle.current().pid() * 61 % EACH));

    private Ports() {}

    static int free() throws IOException {
        int first = FIRST + Integer.getInteger("halftone.fork", 1) % PROCESSES * EACH;
        for (int tried = 0; tried < EACH; tried++) {
            int port = first + NEXT.getAndIncrement() % EACH;
            if (isFree(port)) {
                return port;
            }
        }
        throw new IOException("no port is free from " + first + " on");
    }

    private static boolean isFree(int port) throws IOException {
        try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return probe.isBound();
        } catch (BindException taken) {
            return false;
        }
    }
}
