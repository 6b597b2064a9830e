package archive

import (
	"context"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// MaxArchive bounds an archive: 512 MiB, some forty times the size of 3.6.3.
const MaxArchive = 512 << 20

// checkHash refuses what is not a SHA-512 in lower-case hex. The hash is a file
// name in the cache, so this also keeps paths out.
func checkHash(hash string) error {
	digits := strings.Trim(hash, "0123456789abcdef") == ""
	if len(hash) != hex.EncodedLen(sha512.Size) || !digits {
		return fmt.Errorf("cannot use %q as a SHA-512: want 128 lower-case hex digits", hash)
	}
	return nil
}

// hashAll reads r to its end and returns the SHA-512 in hex and the length.
func hashAll(ctx context.Context, r io.Reader) (string, int64, error) {
	h := sha512.New()
	n, err := io.CopyBuffer(h, untilDone{ctx, r}, make([]byte, copySize))
	if err != nil {
		return "", n, err
	}
	return hex.EncodeToString(h.Sum(nil)), n, nil
}

// copySize is how many bytes are read between two looks at the context.
const copySize = 256 << 10

// untilDone is a reader that fails with the context's error once that has ended.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, context.Cause(u.ctx)
	}
	return u.r.Read(p)
}
