package host

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"io"
)

// What a transaction log of ZooKeeper consists of: a header, and records one after the
// other, each with a checksum, a length, the transaction and an end. What was allocated
// and not written yet is zeros. See FileTxnLog and Util.writeTxnBytes.
const (
	txnLogMagic   = 0x5a4b4c47 // "ZKLG"
	txnLogHeader  = 16         // magic, version, database
	txnRecordHead = 12         // checksum, length
	txnRecordEnd  = 0x42
	// maxTxn bounds a transaction: what claims to be longer is none.
	maxTxn = 1 << 30
)

// copyTxnLog copies the whole records of a transaction log that a server may be writing
// to, and returns how many bytes they are. A record of which a part was written would
// keep a server that loads the copy from starting, and what follows the last one is
// allocated space.
func copyTxnLog(ctx context.Context, w io.Writer, r io.Reader) (int64, error) {
	in, out := bufio.NewReaderSize(r, copyChunk), bufio.NewWriterSize(w, copyChunk)
	head := make([]byte, txnLogHeader)
	if _, err := io.ReadFull(in, head); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return 0, nil // it was only just made
		}
		return 0, err
	}
	if binary.BigEndian.Uint32(head) != txnLogMagic {
		if binary.BigEndian.Uint32(head) == 0 {
			return 0, nil // allocated, and nothing was written
		}
		return 0, errors.New("it is no transaction log")
	}
	if _, err := out.Write(head); err != nil {
		return 0, err
	}
	n := int64(txnLogHeader)
	for {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		record, err := nextTxn(in)
		if err != nil {
			return n, err
		}
		if record == nil {
			return n, out.Flush()
		}
		if _, err := out.Write(record); err != nil {
			return n, err
		}
		n += int64(len(record))
	}
}

// nextTxn reads a record of a log; nil where there is no whole one any more.
func nextTxn(r io.Reader) ([]byte, error) {
	ended := func(err error) ([]byte, error) {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, nil
		}
		return nil, fmt.Errorf("cannot read a transaction: %w", err)
	}
	head := make([]byte, txnRecordHead)
	if _, err := io.ReadFull(r, head); err != nil {
		return ended(err)
	}
	length := int32(binary.BigEndian.Uint32(head[8:]))
	if length <= 0 || length > maxTxn {
		return nil, nil
	}
	record := append(head, make([]byte, int(length)+1)...)
	if _, err := io.ReadFull(r, record[txnRecordHead:]); err != nil {
		return ended(err)
	}
	txn := record[txnRecordHead : len(record)-1]
	if record[len(record)-1] != txnRecordEnd || uint64(adler32.Checksum(txn)) != binary.BigEndian.Uint64(head) {
		return nil, nil
	}
	return record, nil
}
