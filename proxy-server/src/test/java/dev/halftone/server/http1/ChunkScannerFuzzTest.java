package dev.halftone.server.http1;

import com.code_intelligence.jazzer.junit.FuzzTest;

class ChunkScannerFuzzTest {
    @FuzzTest
    void scan_anyBytes_meanOneThing(byte[] body) {
        ChunkReading.check(body);
    }
}
