using System.Collections.Immutable;

namespace AkkaKv.Storage;

/// <summary>Tables to merge, and the level that takes the result.</summary>
/// <param name="Inputs">With their levels; within a level the newest first (level 0) or in the order of their keys.</param>
/// <param name="OutputLevel">No table that stays in this level overlaps the inputs.</param>
/// <param name="IsMove">The inputs overlap nothing, not even each other: they can change their level as they are.</param>
internal sealed record CompactionPick(ImmutableArray<(int Level, TableInfo Table)> Inputs, int OutputLevel, bool IsMove);
