package dev.halftone.server.http1;

import com.code_intelligence.jazzer.junit.FuzzTest;

class RequestHeadFuzzTest {
    @FuzzTest
    void read_anyBytes_meanOneThing(byte[] input) {
        HeadReading.request(input);
    }
}
