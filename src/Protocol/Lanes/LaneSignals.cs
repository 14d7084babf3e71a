namespace AkkaKv.Protocol;

/// <summary>What an actor at the end of a lane tells itself: send what has gathered in the mailbox before this.</summary>
internal sealed class LanePump
{
    public static LanePump Instance { get; } = new();
}

/// <summary>What an actor at the end of a lane tells itself from time to time: look after deadlines and signs of life.</summary>
internal sealed class LaneTick
{
    public static LaneTick Instance { get; } = new();
}
