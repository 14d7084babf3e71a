namespace AkkaKv.Protocol;

/// <summary>
/// The number of each message on the wire, and as text its manifest for Akka. Frozen: a number is never given to another message.
/// </summary>
public enum MessageKind
{
    /// <summary>No message.</summary>
    None = 0,

    /// <summary><see cref="Protocol.Put"/>.</summary>
    Put = 1,

    /// <summary><see cref="Protocol.Delete"/>.</summary>
    Delete = 2,

    /// <summary><see cref="Protocol.Get"/>.</summary>
    Get = 3,

    /// <summary><see cref="Protocol.Scan"/>.</summary>
    Scan = 4,

    /// <summary><see cref="Protocol.MultiGet"/>.</summary>
    MultiGet = 5,

    /// <summary><see cref="Protocol.MultiPut"/>.</summary>
    MultiPut = 6,

    /// <summary><see cref="Protocol.ClientRingQuery"/>.</summary>
    ClientRingQuery = 7,

    /// <summary><see cref="Protocol.Written"/>.</summary>
    Written = 11,

    /// <summary><see cref="Protocol.Deleted"/>.</summary>
    Deleted = 12,

    /// <summary><see cref="Protocol.Found"/>.</summary>
    Found = 13,

    /// <summary><see cref="Protocol.NotFound"/>.</summary>
    NotFound = 14,

    /// <summary><see cref="Protocol.ScanPage"/>.</summary>
    ScanPage = 15,

    /// <summary>Any <see cref="RequestFailure"/>.</summary>
    Failure = 16,

    /// <summary><see cref="Protocol.MultiReply"/>.</summary>
    MultiReply = 17,

    /// <summary><see cref="Protocol.ClientRing"/>.</summary>
    ClientRing = 18,

    /// <summary><see cref="Protocol.ReplicaRead"/>.</summary>
    ReplicaRead = 21,

    /// <summary><see cref="Protocol.ReplicaStore"/>.</summary>
    ReplicaStore = 22,

    /// <summary><see cref="Protocol.ReplicaScan"/>.</summary>
    ReplicaScan = 23,

    /// <summary><see cref="Protocol.ReplicaRecord"/>.</summary>
    ReplicaRecord = 31,

    /// <summary><see cref="Protocol.ReplicaStored"/>.</summary>
    ReplicaStored = 32,

    /// <summary><see cref="Protocol.ReplicaRows"/>.</summary>
    ReplicaRows = 33,

    /// <summary><see cref="Protocol.ReplicaRefusal"/>.</summary>
    ReplicaRefusal = 34,

    /// <summary><see cref="Protocol.LaneHello"/>.</summary>
    LaneHello = 41,

    /// <summary><see cref="Protocol.LaneWelcome"/>.</summary>
    LaneWelcome = 42,

    /// <summary><see cref="Protocol.LaneRefused"/>.</summary>
    LaneRefused = 43,

    /// <summary><see cref="Protocol.LaneFrame"/>.</summary>
    LaneFrame = 44,

    /// <summary><see cref="Protocol.LaneAck"/>.</summary>
    LaneAck = 45,

    /// <summary><see cref="Protocol.SignOfLife"/>.</summary>
    SignOfLife = 51,
    /// <summary><see cref="Protocol.TreeQuery"/>.</summary>
    TreeQuery = 61,

    /// <summary><see cref="Protocol.LeafQuery"/>.</summary>
    LeafQuery = 62,

    /// <summary><see cref="Protocol.RecordQuery"/>.</summary>
    RecordQuery = 63,

    /// <summary><see cref="Protocol.RecordPush"/>.</summary>
    RecordPush = 64,

    /// <summary><see cref="Protocol.EntryOffer"/>.</summary>
    EntryOffer = 65,

    /// <summary><see cref="Protocol.TreeHashes"/>.</summary>
    TreeHashes = 71,

    /// <summary><see cref="Protocol.LeafEntries"/>.</summary>
    LeafEntries = 72,

    /// <summary><see cref="Protocol.EntriesWanted"/>.</summary>
    EntriesWanted = 73,
}
