package host

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/adler32"
	"slices"
	"testing"
)

// txnLog returns a transaction log with these transactions.
func txnLog(txns ...string) []byte {
	log := append(binary.BigEndian.AppendUint32(nil, txnLogMagic), 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0)
	for _, txn := range txns {
		log = binary.BigEndian.AppendUint64(log, uint64(adler32.Checksum([]byte(txn))))
		log = binary.BigEndian.AppendUint32(log, uint32(len(txn)))
		log = append(append(log, txn...), txnRecordEnd)
	}
	return log
}

// TestCopyTxnLog copies logs as they may be found while a server writes to them: what
// was written whole is copied, and nothing else.
func TestCopyTxnLog(t *testing.T) {
	zeros := make([]byte, 1<<17)
	whole := txnLog("one", "two")
	torn := txnLog("one", "two", "three, which is written in parts")
	wrong := txnLog("one", "two", "three")
	wrong[len(wrong)-3]++
	for name, test := range map[string]struct{ log, want []byte }{
		"nothing":                  {nil, nil},
		"a part of the header":     {whole[:10], nil},
		"allocated":                {zeros, nil},
		"a header":                 {txnLog(), txnLog()},
		"two":                      {whole, whole},
		"two, and allocated":       {slices.Concat(whole, zeros), whole},
		"a record that is cut":     {torn[:len(torn)-5], whole},
		"a record half written":    {slices.Concat(torn[:len(torn)-9], zeros), whole},
		"its head half written":    {slices.Concat(torn[:len(whole)+9], zeros), whole},
		"a checksum that is wrong": {wrong, whole},
		"a length out of bounds":   {slices.Concat(whole, bytes.Repeat([]byte{0xff}, 100)), whole},
		"a long one":               {txnLog("one", string(make([]byte, 3<<20)), "two"), txnLog("one", string(make([]byte, 3<<20)), "two")},
	} {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			n, err := copyTxnLog(t.Context(), &got, bytes.NewReader(test.log))
			if err != nil || n != int64(got.Len()) || !bytes.Equal(got.Bytes(), test.want) {
				t.Errorf("copied %d of %d bytes, said %d, %v; want %d", got.Len(), len(test.log), n, err, len(test.want))
			}
		})
	}
	if _, err := copyTxnLog(t.Context(), new(bytes.Buffer), bytes.NewReader(bytes.Repeat([]byte("x"), 100))); err == nil {
		t.Error("what is no log is copied")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := copyTxnLog(ended, new(bytes.Buffer), bytes.NewReader(whole)); err == nil {
		t.Error("it goes on after its context has ended")
	}
}
