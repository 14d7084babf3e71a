using AkkaKv.Protocol;

namespace AkkaKv.Node;

/// <summary>
/// One attempt to decide a ring: the proposer of single-decree Paxos. Pure: it says what to send to all voters and is told what came back.
/// </summary>
/// <remarks>
/// If any voter has accepted a ring before, that ring is proposed again and not the one that was wished for: it may have been decided.
/// The first ring needs every voter, because nobody else knows who the voters are; later ones a majority of the ring they replace.
/// </remarks>
internal sealed class RingProposer
{
    private readonly int _required;
    private readonly HashSet<ulong> _promises = [];
    private readonly HashSet<ulong> _accepts = [];
    private Ballot _highestAccepted;
    private byte[]? _found;
    private byte[]? _proposal;

    /// <summary>An attempt under a ballot that this proposer has not used before.</summary>
    public RingProposer(Ballot ballot, byte[] wished, int required)
    {
        Ballot = ballot;
        Wished = wished;
        _required = required;
    }

    /// <summary>The ballot of this attempt.</summary>
    public Ballot Ballot { get; }

    /// <summary>The ring that is proposed unless a voter has accepted another.</summary>
    public byte[] Wished { get; }

    /// <summary>The ring, once it is decided.</summary>
    public byte[]? Decided { get; private set; }

    /// <summary>The ballot to beat, once a voter has promised a higher one: this attempt is over.</summary>
    public Ballot? Beaten { get; private set; }

    /// <summary>What to send to all voters first.</summary>
    public RingPrepare Begin() => new(Ballot);

    /// <summary>Takes an answer.</summary>
    /// <returns>What to send to all voters next, if it is time.</returns>
    public IControlMessage? Take(IControlMessage answer)
    {
        switch (answer)
        {
            case RingPromise promise when promise.Ballot == Ballot && _proposal is null:
                if (promise.Accepted > _highestAccepted)
                {
                    _highestAccepted = promise.Accepted;
                    _found = promise.AcceptedRing;
                }

                if (!_promises.Add(promise.Replica) || _promises.Count < _required) return null;
                _proposal = _found ?? Wished;
                return new RingAccept(Ballot, _proposal);

            case RingAccepted accepted when accepted.Ballot == Ballot && _proposal is not null && Decided is null:
                if (!_accepts.Add(accepted.Replica) || _accepts.Count < _required) return null;
                Decided = _proposal;
                return new RingDecided(_proposal!);

            case RingReject reject when reject.Ballot == Ballot:
                Beaten = reject.Promised;
                return null;

            default:
                return null;
        }
    }
}
