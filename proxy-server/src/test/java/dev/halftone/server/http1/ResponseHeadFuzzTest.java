package dev.halftone.server.http1;

import com.code_intelligence.jazzer.junit.FuzzTest;

class ResponseHeadFuzzTest {
    @FuzzTest
    void read_anyBytes_meanOneThing(byte[] input) {
        HeadReading.response(input);
    }
}
