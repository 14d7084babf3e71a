using System.Collections.Immutable;
using AkkaKv.Protocol;
using AkkaKv.Storage;

namespace AkkaKv.Node;

/// <summary>Gathers tokens and hashes of rows up to a limit; a token is in it with all of its keys or not at all.</summary>
/// <param name="limit">Entries after which the next token is left out.</param>
internal sealed class EntryPage(uint limit)
{
    private readonly ImmutableArray<ulong>.Builder _tokens = ImmutableArray.CreateBuilder<ulong>();
    private readonly ImmutableArray<ulong>.Builder _hashes = ImmutableArray.CreateBuilder<ulong>();
    private ulong? _next;

    /// <summary>Bytes of the rows that were looked at.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Adds rows, behind those it has; false once it is full.</summary>
    public bool Add(IEnumerable<StorageRow> rows)
    {
        foreach (var row in rows)
        {
            BytesRead += row.Key.Length + row.Value.Length;
            if (!RowKey.IsRecord(row.Key.Span)) continue;
            var token = RowKey.TokenOf(row.Key.Span).Value;
            if (_tokens.Count >= limit && _tokens[^1] != token)
            {
                _next = token;
                return false;
            }

            _tokens.Add(token);
            _hashes.Add(RecordCodec.Decode(row.Value).Hash(RowKey.KeyOf(row.Key).Span));
        }

        return true;
    }

    /// <summary>What was gathered.</summary>
    public LeafEntries Done() => new(_tokens.ToImmutable(), _hashes.ToImmutable(), IsEnd: _next is null, _next ?? 0);
}
