namespace AkkaKv.Protocol;

/// <summary>A write id as it is read: where its field comes twice, the later one adds to the earlier, as the schema has it.</summary>
internal struct WireWriteId
{
    private ReadOnlyMemory<byte> _source;
    private ulong _number;
    private bool _isRetry;
    private bool _isGiven;

    /// <summary>Takes in one occurrence.</summary>
    public void Read(WireReader reader)
    {
        _isGiven = true;
        while (reader.Next())
        {
            switch (reader.Field, reader.Type)
            {
                case (Wire.WriteId.SourceFieldNumber, WireType.Bytes):
                    _source = reader.Bytes();
                    break;
                case (Wire.WriteId.NumberFieldNumber, WireType.Varint):
                    _number = reader.Varint();
                    break;
                case (Wire.WriteId.IsRetryFieldNumber, WireType.Varint):
                    _isRetry = reader.Flag();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    /// <summary>The id, null if it was not there; throws <see cref="ArgumentException"/> if its source is not 16 bytes.</summary>
    public readonly WriteId? Given() => _isGiven ? new WriteId(new Guid(_source.Span), _number, _isRetry) : null;

    /// <summary>The id; throws <see cref="InvalidDataException"/> if it was not there.</summary>
    public readonly WriteId Required() => Given() ?? throw new InvalidDataException("a version has no write id");
}

/// <summary>The two lists that say where a sibling's past is not the usual one, as they are read. The ordinary sibling has none.</summary>
internal struct WirePast
{
    private List<uint>? _places;
    private List<ulong>? _counters;

    /// <summary>Takes in one occurrence of either list: packed, or one number of it.</summary>
    public void Read(scoped ref WireReader reader)
    {
        var isPlaces = reader.Field == Wire.Sibling.PastActorsFieldNumber;
        if (reader.Type == WireType.Varint)
        {
            Add(isPlaces, reader.Varint());
            return;
        }

        var list = reader.Part();
        while (list.HasMore) Add(isPlaces, list.Varint());
    }

    /// <summary>Puts the counters into their places; throws <see cref="InvalidDataException"/> for a place that is not there.</summary>
    public readonly void ApplyTo(VectorEntry[] past)
    {
        if ((_places?.Count ?? 0) != (_counters?.Count ?? 0)) throw new InvalidDataException("a past has places without counters");
        for (var i = 0; i < (_places?.Count ?? 0); i++)
        {
            var place = _places![i];
            if (place >= past.Length) throw new InvalidDataException($"the vector has no place {place}");
            past[place] = past[place] with { Counter = _counters![i] };
        }
    }

    private void Add(bool isPlaces, ulong number)
    {
        if (isPlaces) (_places ??= []).Add((uint)number);
        else (_counters ??= []).Add(number);
    }
}
